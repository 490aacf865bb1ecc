// The base that ledger-bench measures against: plain C over the system's SQLite and libcrypto. Not edited.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/resource.h>
static inline double now(void){struct timespec t;clock_gettime(CLOCK_MONOTONIC,&t);return t.tv_sec+t.tv_nsec*1e-9;}
static inline double cpu(void){struct rusage r;getrusage(RUSAGE_SELF,&r);return r.ru_utime.tv_sec+r.ru_stime.tv_sec+(r.ru_utime.tv_usec+r.ru_stime.tv_usec)*1e-6;}
static inline long rss(void){FILE*f=fopen("/proc/self/status","r");char b[256];long k=0;while(f&&fgets(b,256,f))if(sscanf(b,"VmHWM: %ld",&k)==1)break;if(f)fclose(f);return k;}
static inline long fsize(const char*p){struct stat s;return stat(p,&s)?0:s.st_size;}
typedef struct{const char*p;uint32_t len;const char*id,*stream,*type,*actor;uint16_t idn,strn,typn,actn;int64_t time,ver;}Ev;
static char*buf;static Ev*ev;static long nev;static size_t total;
static const char*fld(const char*p,const char*e,const char*k,uint16_t*n){size_t l=strlen(k);const char*q=memmem(p,e-p,k,l);if(!q)abort();q+=l;const char*r=memchr(q,'"',e-q);*n=r-q;return q;}
static int64_t num(const char*p,const char*e,const char*k){size_t l=strlen(k);const char*q=memmem(p,e-p,k,l);if(!q)abort();return strtoll(q+l,0,10);}
static void load(const char*fn,long max){
  int fd=open(fn,O_RDONLY);size_t sz=fsize(fn);buf=malloc(sz+1);size_t o=0;
  while(o<sz){ssize_t k=read(fd,buf+o,sz-o);if(k<=0)abort();o+=k;} buf[sz]=0;close(fd);
  ev=malloc(sizeof(Ev)*(size_t)(max));char*p=buf;
  while(nev<max&&p<buf+sz){char*e=memchr(p,'\n',buf+sz-p);Ev*v=&ev[nev++];v->p=p;v->len=e-p;total+=v->len;
    const char*tail=e-260>p?e-260:p; /* seq,stream,time,trace,type,v,ver sit at the end */
    v->actor=fld(p,e,"\"actor\":\"",&v->actn);v->id=fld(p,e,"\"id\":\"",&v->idn);
    const char*s=memmem(tail,e-tail,"\"seq\":",6);if(!s)abort();
    v->stream=fld(s,e,"\"stream\":\"",&v->strn);v->type=fld(s,e,"\"type\":\"",&v->typn);v->time=num(s,e,"\"time\":");v->ver=num(s,e,"\"ver\":");p=e+1;}
}
