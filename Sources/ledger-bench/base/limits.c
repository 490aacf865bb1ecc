// The base that ledger-bench measures against: plain C over the system's SQLite and libcrypto. Not edited.
// limits: hash-only limits. usage: limits EVENTS N
#include "common.h"
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/sha.h>
static EVP_MD_CTX*c;static const EVP_MD*md;
static void h2(const void*a,size_t n,const void*b,size_t m,unsigned char*o){unsigned l;EVP_DigestInit_ex(c,md,0);if(n)EVP_DigestUpdate(c,a,n);if(m)EVP_DigestUpdate(c,b,m);EVP_DigestFinal_ex(c,o,&l);}
static void r2(const void*a,size_t n,const void*b,size_t m,unsigned char*o){SHA256_CTX s;SHA256_Init(&s);if(n)SHA256_Update(&s,a,n);if(m)SHA256_Update(&s,b,m);SHA256_Final(o,&s);}
#define OUT(name,n,t,extra) printf("{\"bench\":\"%s\",\"n\":%ld,\"secs\":%.6f,\"rate\":%.1f,\"rss_kb\":%ld%s}\n",name,(long)(n),t,(n)/(t),rss(),extra)
typedef void(*H)(const void*,size_t,const void*,size_t,unsigned char*);
static void merkle(H h,const char*name,long n){ // RFC 6962 frontier
  unsigned char st[64][33];int lv[64],top=0;unsigned char b[65];char ex[200];double t=now();
  for(long i=0;i<n;i++){h("\0",1,ev[i].p,ev[i].len,st[top]);lv[top]=0;top++;
    while(top>1&&lv[top-1]==lv[top-2]){b[0]=1;memcpy(b+1,st[top-2],32);memcpy(b+33,st[top-1],32);h(b,65,0,0,st[top-2]);lv[top-2]++;top--;}}
  while(top>1){b[0]=1;memcpy(b+1,st[top-2],32);memcpy(b+33,st[top-1],32);h(b,65,0,0,st[top-2]);top--;}
  t=now()-t;int k=sprintf(ex,",\"root\":\"");for(int i=0;i<32;i++)k+=sprintf(ex+k,"%02x",st[0][i]);sprintf(ex+k,"\",\"mb_s\":%.1f",total/t/1e6);OUT(name,n,t,ex);}
static void chain(H h,const char*name,long n){unsigned char p[32]={0};char ex[200];double t=now();for(long i=0;i<n;i++)h(p,32,ev[i].p,ev[i].len,p);t=now()-t;int k=sprintf(ex,",\"head\":\"");for(int i=0;i<32;i++)k+=sprintf(ex+k,"%02x",p[i]);sprintf(ex+k,"\",\"mb_s\":%.1f",total/t/1e6);OUT(name,n,t,ex);}
int main(int a,char**v){c=EVP_MD_CTX_new();md=EVP_MD_fetch(0,"SHA256",0);load(v[1],atol(v[2]));
  unsigned char m[500],o[32];memset(m,7,500);
  {double t=now();for(int i=0;i<2000000;i++){h2(m,500,0,0,o);m[0]=o[0];}t=now()-t;OUT("sha500_evp",2000000,t,"");}
  {double t=now();for(int i=0;i<2000000;i++){r2(m,500,0,0,o);m[0]=o[0];}t=now()-t;OUT("sha500_raw",2000000,t,"");}
  {double t=now();for(int i=0;i<2000000;i++){h2(m,65,0,0,o);m[0]=o[0];}t=now()-t;OUT("sha65_evp",2000000,t,"");}
  {double t=now();for(int i=0;i<2000000;i++){r2(m,65,0,0,o);m[0]=o[0];}t=now()-t;OUT("sha65_raw",2000000,t,"");}
  chain(h2,"mem_chain_evp",nev);chain(r2,"mem_chain_raw",nev);merkle(h2,"mem_merkle_evp",nev);merkle(r2,"mem_merkle_raw",nev);return 0;}
